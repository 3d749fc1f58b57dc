Console.Error.WriteLine("Fleet.Tl.Generator: not written yet");
return 2;
