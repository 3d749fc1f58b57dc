Console.Error.WriteLine("Fleet.Intake: not written yet");
return 2;
