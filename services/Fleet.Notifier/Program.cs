Console.Error.WriteLine("Fleet.Notifier: not written yet");
return 2;
