Console.Error.WriteLine("Fleet.Broker: not written yet");
return 2;
