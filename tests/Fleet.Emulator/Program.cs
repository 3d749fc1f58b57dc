Console.Error.WriteLine("Fleet.Emulator: not written yet");
return 2;
