Console.Error.WriteLine("Fleet.Worker: not written yet");
return 2;
