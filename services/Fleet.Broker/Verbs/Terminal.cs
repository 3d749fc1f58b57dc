using System.Text;

namespace Fleet.Broker.Verbs;

/// <summary>Where a verb talks to a person. Results go to stdout, questions and errors to stderr.</summary>
class Terminal
{
    /// <summary>Prints a result.</summary>
    public virtual void Say(string text) => Console.Out.WriteLine(text);

    /// <summary>Prints an error.</summary>
    public virtual void Complain(string text) => Console.Error.WriteLine(text);

    /// <summary>Asks for one line; a secret one is not shown while it is typed. Null: there is nobody to answer.</summary>
    public virtual string? Ask(string question, bool secret)
    {
        Console.Error.Write($"{question}: ");
        return secret && !Console.IsInputRedirected ? ReadHidden() : Console.In.ReadLine();
    }

    static string ReadHidden()
    {
        var typed = new StringBuilder();
        for (var key = Console.ReadKey(true); key.Key is not ConsoleKey.Enter; key = Console.ReadKey(true))
        {
            if (key.Key is ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
