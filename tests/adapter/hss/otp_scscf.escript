#!/usr/bin/env escript
%% -*- erlang -*-
%% An S-CSCF and I-CSCF on Erlang/OTP diameter, whose decoder knows the grammar in cx_app.dia and takes nothing else.
%% `--identity NAME --port PORT` on the command line: who it is, and where the HSS listens on 127.0.0.1. "ready NAME
%% 127.0.0.1 PORT" on standard output once they are connected. Each line of standard input is a question, answered by one
%% line: uar IMPI IMPU TYPE, lir IMPU, mar IMPI IMPU SCHEME, sar IMPI IMPU TYPE SERVER-NAME; "orders": what the HSS has
%% sent by itself; "faults": what of all was wrong.
-mode(compile).
-export([main/1, peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3, handle_answer/4,
         handle_error/4, handle_request/3]).
-include_lib("diameter/include/diameter.hrl").

-define(APPLICATION, #{'Vendor-Id' => 10415, 'Auth-Application-Id' => 16777216}).

main(Arguments) ->
    Identity = option("--identity", Arguments),
    Port = list_to_integer(option("--port", Arguments)),
    load_dictionary(),
    ets:new(found, [named_table, public, ordered_set]),
    ok = diameter:start(),
    true = diameter:subscribe(cscf),
    ok = diameter:start_service(cscf,
        [{'Origin-Host', Identity}, {'Origin-Realm', "ims.test"}, {'Vendor-Id', 10415}, {'Product-Name', "OTP"},
         {'Supported-Vendor-Id', [10415]},
         {'Vendor-Specific-Application-Id',
          [{'diameter_base_Vendor-Specific-Application-Id', 10415, [16777216], []}]},
         {decode_format, map},
         {application, [{alias, cx}, {dictionary, cx_app}, {module, ?MODULE}, {answer_errors, callback}]}]),
    {ok, _} = diameter:add_transport(cscf, {connect, [{transport_module, diameter_tcp}, {connect_timer, 1000},
        {transport_config, [{nodelay, true}, {ip, {127, 0, 0, 1}}, {raddr, {127, 0, 0, 1}}, {rport, Port}]}]}),
    wait_for_peer(),
    io:format("ready ~s 127.0.0.1 ~b~n", [Identity, Port]),
    obey(io:get_line("")).

wait_for_peer() ->
    receive
        #diameter_event{info = Info} when element(1, Info) =:= up -> ok;
        #diameter_event{} -> wait_for_peer()
    end.

option(Name, [Name, Value | _]) -> Value;
option(Name, [_ | Rest]) -> option(Name, Rest).

load_dictionary() ->
    File = filename:join(filename:dirname(escript:script_name()), "cx_app.dia"),
    {ok, [Forms]} = diameter_make:codec(File, [return, forms]),
    {ok, Module, Binary} = compile:forms(Forms),
    {module, _} = code:load_binary(Module, "cx_app", Binary).

obey(eof) -> ok;
obey(Line) ->
    io:format("~ts~n", [answer(string:lexemes(string:trim(Line), " "))]),
    obey(io:get_line("")).

answer(["uar", Private, Public, Type]) ->
    ask(['UAR' | (request())#{'User-Name' => Private, 'Public-Identity' => Public,
                              'Visited-Network-Identifier' => "ims.test",
                              'User-Authorization-Type' => [list_to_integer(Type)]}]);
answer(["lir", Public]) ->
    ask(['LIR' | (request())#{'Public-Identity' => Public}]);
answer(["mar", Private, Public | Scheme]) ->
    ask(['MAR' | (request())#{'User-Name' => Private, 'Public-Identity' => Public, 'SIP-Number-Auth-Items' => 1,
                              'SIP-Auth-Data-Item' => #{'SIP-Authentication-Scheme' => [lists:join(" ", Scheme)]},
                              'Server-Name' => "sip:scscf.ims.test"}]);
answer(["sar", Private, Public, Type, Server]) ->
    ask(['SAR' | (request())#{'User-Name' => [Private], 'Public-Identity' => [Public], 'Server-Name' => Server,
                              'Server-Assignment-Type' => list_to_integer(Type), 'User-Data-Already-Available' => 0}]);
answer([Kind]) ->
    Told = [Text || {{_, Each}, Text} <- ets:tab2list(found), Each =:= list_to_atom(Kind)],
    if Told =:= [] -> "none"; true -> lists:join("; ", Told) end.

request() ->
    #{'Session-Id' => diameter:session_id("scscf"), 'Vendor-Specific-Application-Id' => ?APPLICATION,
      'Auth-Session-State' => 1, 'Destination-Realm' => "ims.test"}.

ask(Message) ->
    case diameter:call(cscf, cx, Message) of
        Avps when is_map(Avps) -> lists:join(" ", [result(Avps) | lists:flatmap(fun(Each) -> told(Each, Avps) end,
            ['Server-Name', 'Server-Capabilities', 'Charging-Information', 'SIP-Auth-Data-Item', 'User-Data'])]);
        Other -> one_line(Other)
    end.

result(#{'Result-Code' := [Code]}) -> integer_to_list(Code);
result(#{'Experimental-Result' := [#{'Experimental-Result-Code' := Code}]}) -> "3gpp-" ++ integer_to_list(Code).

told(Name, Avps) ->
    case Avps of
        #{Name := [Value]} -> [told(Name, Value, Avps)];
        _ -> []
    end.

told('Server-Name', Name, _) -> ["server=", Name];
told('Server-Capabilities', _, _) -> "capabilities";
told('Charging-Information', #{'Primary-Charging-Collection-Function-Name' := [Uri]}, _) -> ["ccf=", Uri];
told('SIP-Auth-Data-Item', #{'SIP-Digest-Authenticate' := [#{'Digest-HA1' := Ha1, 'Digest-Realm' := Realm}]}, _) ->
    ["ha1=", Ha1, " realm=", Realm];
told('SIP-Auth-Data-Item', #{'SIP-Authorization' := [Password], 'SIP-Authenticate' := [Nonce]}, _) ->
    ["password=", Password, " nonce=", Nonce];
told('User-Data', Data, _) -> ["data=", string:replace(Data, "\n", "", all)];
told(Name, Value, _) -> [atom_to_list(Name), "=", one_line(Value)].

keep(Kind, Text) -> ets:insert(found, {{erlang:unique_integer([monotonic]), Kind}, Text}).
one_line(Term) -> lists:flatten(io_lib:format("~0p", [Term])).

peer_up(_, _, State) -> State.
peer_down(_, _, State) -> State.
pick_peer([Peer | _], _, _, _) -> {ok, Peer}.
prepare_request(#diameter_packet{msg = [Name | Avps]}, _, {_, Caps}) -> {send, [Name | with_origin(Avps, Caps)]}.
prepare_retransmit(Packet, Service, Peer) -> prepare_request(Packet, Service, Peer).
handle_error(Reason, _, _, _) -> {error, Reason}.

handle_answer(#diameter_packet{msg = [Name | Avps], errors = Errors}, _, _, _) ->
    faults(Name, Errors),
    Avps.

handle_request(#diameter_packet{msg = [Name | Avps], errors = Errors}, _, {_, Caps}) ->
    faults(Name, Errors),
    keep(orders, order(Name, Avps)),
    {reply, [reply_to(Name) | with_origin(#{'Session-Id' => maps:get('Session-Id', Avps),
        'Vendor-Specific-Application-Id' => ?APPLICATION, 'Auth-Session-State' => 1, 'Result-Code' => 2001}, Caps)]}.

reply_to('RTR') -> 'RTA';
reply_to('PPR') -> 'PPA'.

order('RTR', #{'User-Name' := Private, 'Public-Identity' := Public, 'Deregistration-Reason' := Reason}) ->
    Info = maps:get('Reason-Info', Reason, []),
    ["RTR ", Private, " ", lists:join(",", Public), " ", integer_to_list(maps:get('Reason-Code', Reason)), " ", Info];
order('PPR', #{'User-Name' := Private, 'User-Data' := [Data]}) ->
    ["PPR ", Private, " data=", string:replace(Data, "\n", "", all)].

faults(Name, Errors) -> [keep(faults, atom_to_list(Name) ++ ": " ++ one_line(Each)) || Each <- Errors].

with_origin(Avps, #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}}) ->
    Avps#{'Origin-Host' => Host, 'Origin-Realm' => Realm}.
