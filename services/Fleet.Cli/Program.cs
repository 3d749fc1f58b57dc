Console.Error.WriteLine("Fleet.Cli: not written yet");
return 2;
