using Fleet.Cli;

return await CommandLine.RunAsync(args, [FetchVerb.Verb, JobVerbs.Submit, JobVerbs.Watch, DemoVerb.Verb]);
