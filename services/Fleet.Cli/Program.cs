using Fleet.Cli;

return await CommandLine.RunAsync(args, [FetchVerb.Verb]);
