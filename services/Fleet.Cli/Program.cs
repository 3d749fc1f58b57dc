using Fleet.Cli;

return await CommandLine.RunAsync(
    args,
    [
        FetchVerb.Verb,
        JobVerbs.Submit,
        JobVerbs.Watch,
        JobVerbs.Download,
        JobVerbs.Batch,
        AccountVerbs.Keys,
        AccountVerbs.Webhooks,
        AccountVerbs.Usage,
        DemoVerb.Verb,
    ]
);
