using System.Collections.Frozen;
using Fleet.Tl;

namespace Fleet.Emulator.Handlers;

/// <summary>Every method that the emulator serves, by its request type.</summary>
sealed class MethodTable
{
    readonly Dictionary<Type, Method> _building = [];
    FrozenDictionary<Type, Method> _methods = FrozenDictionary<Type, Method>.Empty;

    public static MethodTable Create()
    {
        var table = new MethodTable();
        HelpMethods.AddTo(table);
        LoginMethods.AddTo(table);
        QrMethods.AddTo(table);
        PasswordMethods.AddTo(table);
        PeerMethods.AddTo(table);
        MessageMethods.AddTo(table);
        StoryMethods.AddTo(table);
        InviteMethods.AddTo(table);
        UploadMethods.AddTo(table);
        TakeoutMethods.AddTo(table);
        CdnMethods.AddTo(table);
        table._methods = table._building.ToFrozenDictionary();
        return table;
    }

    /// <param name="name">TL name, as scripts and counters call it.</param>
    /// <param name="handler">Makes the answer.</param>
    /// <param name="needsLogin">False for what a client may call before it is logged in.</param>
    /// <param name="usersOnly">True for what bots are refused.</param>
    public void Add<TRequest>(
        string name,
        Func<Call, TRequest, Answer> handler,
        bool needsLogin = true,
        bool usersOnly = false
    )
        where TRequest : TlObject =>
        _building.Add(
            typeof(TRequest),
            new Method(name, (call, request) => handler(call, (TRequest)request), needsLogin, usersOnly)
        );

    public Method? FindOrNull(TlObject request) => _methods.GetValueOrDefault(request.GetType());
}

/// <summary>One served method.</summary>
sealed record Method(string Name, Func<Call, TlObject, Answer> Handle, bool NeedsLogin, bool UsersOnly);
