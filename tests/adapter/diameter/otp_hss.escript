#!/usr/bin/env escript
%% -*- erlang -*-
%% An Sh server on Erlang/OTP diameter, whose decoder knows the grammar in sh_app.dia and takes nothing else: a second
%% opinion of what the client sends. `--identity NAME` on the command line; "ready NAME ADDRESS PORT" on standard output;
%% the line "faults" on standard input is answered with what it found wrong, "requests" with what it was asked, "push
%% IMPU" with the Result-Code of a notification that it sends.
-mode(compile).
-export([main/1, peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3, handle_answer/4,
         handle_error/4, handle_request/3]).
-include_lib("diameter/include/diameter.hrl").

-define(DATA, <<"<Sh-Data><Sh-IMS-Data><IMSUserState>1</IMSUserState></Sh-IMS-Data></Sh-Data>">>).
-define(APPLICATION, #{'Vendor-Id' => 10415, 'Auth-Application-Id' => 16777217}).

main(Arguments) ->
    Identity = identity(Arguments),
    load_dictionary(),
    ets:new(found, [named_table, public, ordered_set]),
    ok = diameter:start(),
    Port = free_port(),
    ok = diameter:start_service(hss,
        [{'Origin-Host', Identity}, {'Origin-Realm', "ims.test"}, {'Vendor-Id', 10415}, {'Product-Name', "OTP"},
         {'Supported-Vendor-Id', [10415]},
         {'Vendor-Specific-Application-Id',
          [{'diameter_base_Vendor-Specific-Application-Id', 10415, [16777217], []}]},
         {decode_format, map},
         {application, [{alias, sh}, {dictionary, sh_app}, {module, ?MODULE}]}]),
    {ok, _} = diameter:add_transport(hss, {listen, [{transport_module, diameter_tcp},
        {transport_config, [{reuseaddr, true}, {nodelay, true}, {ip, {127, 0, 0, 1}}, {port, Port}]}]}),
    io:format("ready ~s 127.0.0.1 ~b~n", [Identity, Port]),
    obey(io:get_line("")).

identity(["--identity", Identity | _]) -> Identity;
identity([_ | Rest]) -> identity(Rest).

load_dictionary() ->
    File = filename:join(filename:dirname(escript:script_name()), "sh_app.dia"),
    {ok, [Forms]} = diameter_make:codec(File, [return, forms]),
    {ok, Module, Binary} = compile:forms(Forms),
    {module, _} = code:load_binary(Module, "sh_app", Binary).

free_port() ->
    {ok, Socket} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Socket),
    gen_tcp:close(Socket),
    Port.

obey(eof) -> ok;
obey("push " ++ Identity) ->
    io:format("~s~n", [push(string:trim(Identity))]),
    obey(io:get_line(""));
obey(Line) ->
    Kind = list_to_atom(string:trim(Line)),
    Told = [Text || {{_, Each}, Text} <- ets:tab2list(found), Each =:= Kind],
    io:format("~s~n", [if Told =:= [] -> "none"; true -> lists:join("; ", Told) end]),
    obey(io:get_line("")).

keep(Kind, Text) -> ets:insert(found, {{erlang:unique_integer([monotonic]), Kind}, Text}).

%% What may be absent is a list.
push(Identity) ->
    Request = #{'Session-Id' => diameter:session_id("otp"), 'Vendor-Specific-Application-Id' => ?APPLICATION,
                'Auth-Session-State' => 1, 'Destination-Host' => "presentia.ims.test",
                'Destination-Realm' => "ims.test", 'User-Identity' => #{'Public-Identity' => [Identity]},
                'User-Data' => ?DATA},
    case diameter:call(hss, sh, ['PNR' | Request]) of
        {[], ['PNA' | #{'Result-Code' := [Code]}]} -> integer_to_list(Code);
        Other -> one_line(Other)
    end.

one_line(Term) -> lists:flatten(io_lib:format("~0p", [Term])).

peer_up(_, _, State) -> State.
peer_down(_, _, State) -> State.
pick_peer([Peer | _], _, _, _) -> {ok, Peer}.
prepare_request(#diameter_packet{msg = [Name | Avps]}, _, {_, Caps}) -> {send, [Name | with_origin(Avps, Caps)]}.
prepare_retransmit(Packet, Service, Peer) -> prepare_request(Packet, Service, Peer).
handle_answer(#diameter_packet{msg = Message, errors = Errors}, _, _, _) -> {Errors, Message}.
handle_error(Reason, _, _, _) -> {error, Reason}.

handle_request(#diameter_packet{msg = [Name | Avps], errors = Errors}, _, {_, Caps}) ->
    keep(requests, atom_to_list(Name)),
    [keep(faults, atom_to_list(Name) ++ ": " ++ one_line(Each)) || Each <- Errors],
    Answer = #{'Session-Id' => maps:get('Session-Id', Avps), 'Vendor-Specific-Application-Id' => ?APPLICATION,
               'Auth-Session-State' => 1, 'Result-Code' => 2001},
    {reply, [answer(Name) | with_origin(with_expiry(Name, Avps, with_data(Name, Answer)), Caps)]}.

answer('UDR') -> 'UDA';
answer('PUR') -> 'PUA';
answer('SNR') -> 'SNA'.

with_data('UDR', Answer) -> Answer#{'User-Data' => ?DATA};
with_data(_, Answer) -> Answer.

%% However long is asked for, it lasts 100 s.
with_expiry('SNR', #{'Expiry-Time' := [_]}, Answer) ->
    Now = calendar:datetime_to_gregorian_seconds(calendar:universal_time()),
    Answer#{'Expiry-Time' => [calendar:gregorian_seconds_to_datetime(Now + 100)]};
with_expiry(_, _, Answer) -> Answer.

with_origin(Avps, #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}}) ->
    Avps#{'Origin-Host' => Host, 'Origin-Realm' => Realm}.
