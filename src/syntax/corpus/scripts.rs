//! Languages that are run as they are.

use super::shown;

#[test]
fn python() {
    insta::assert_snapshot!(shown("python"), @r"
    2 constant LIMIT | LIMIT = 3
    5-18 class Client | class Client(Base)
    10-12 method Client.host | async def host(self) -> str
    14-18 method Client.connect | def connect(self, port: int, timeout=None)
    16-17 function Client.connect.helper | def helper()
    21-22 function main | def main()
    ");
}

#[test]
fn typescript() {
    insta::assert_snapshot!(shown("typescript"), @r"
    3-4 interface Options | export interface Options
    5 type Port | export type Port = number
    6 variable DEFAULT | export const DEFAULT = 80
    8-19 class Client | export class Client<T> extends Base
    11 method Client.onClick | onClick = ()
    13 method Client.constructor | constructor(private readonly host: string)
    15-18 method Client.connect | async connect(port: Port): Promise<void>
    21 class Shape | abstract class Shape
    21 method Shape.area | abstract area(): number
    22 enum Color | enum Color
    23 module Tools | namespace Tools
    23 function Tools.cut | export function cut()
    24 function add | export const add = (a: number, b: number): number
    25 function main | export default function main()
    27-32 interface Store | interface Store<T>
    29-30 method Store.get | get(key: string): T
    31 method Store.set | set?(key: string, value: T): void
    34 class Cache | export const Cache = class Inner
    34 method Cache.clear | clear(): void
    35 variable low | low = 1
    35 function high | high = (a: number)
    36 class Over | class Over
    36 method Over.f | f(a: any)
    ");
}

#[test]
fn tsx() {
    insta::assert_snapshot!(shown("tsx"), @r"
    1 interface Props | interface Props
    3-5 function Button | export const Button = ({ label }: Props)
    7-9 function App | export function App()
    ");
}

#[test]
fn javascript() {
    insta::assert_snapshot!(shown("javascript"), @r"
    2 variable limit | limit = 3
    2 variable other | other = 4
    4-9 class Client | export class Client
    6 method Client.#secret | #secret()
    7 method Client.connect | static connect(port)
    8 method Client.handler | handler = ()
    11 function walk | function* walk(tree)
    12 function run | export const run = async (task)
    13 function close | Client.prototype.close = function ()
    14 function main | export default function main()
    15 class Pool | module.exports = class Pool
    15 method Pool.take | take()
    16 class Queue | const Queue = class Inner
    16 method Queue.push | push()
    17 class Stack | exports.Stack = class Other
    17 method Stack.pop | pop()
    18 function mixed | function mixed(Base)
    18 class mixed.Mixed | class Mixed extends Base
    18 method mixed.Mixed.mix | mix()
    21 variable first | first = 1
    22-23 variable second | second = 2
    24 function third | third = ()
    ");
}

#[test]
fn ruby() {
    insta::assert_snapshot!(shown("ruby"), @r"
    3 constant RETRIES | RETRIES = 3
    5-29 module Net | module Net
    6-26 class Net.Client | class Client < Base
    8 constant Net.Client.LIMIT | LIMIT = 4
    12-14 method Net.Client.initialize | def initialize(host)
    16-19 method Net.Client.connect | def connect(port = 80)
    21-23 method Net.Client.create | def self.create
    25 method Net.Client.open? | def open? =
    28 class Net.Error | class Error < StandardError; end
    31-33 function main | def main
    ");
}

#[test]
fn php() {
    insta::assert_snapshot!(shown("php"), @r"
    5 constant RETRIES | const RETRIES = 3
    7-25 class Client | final class Client extends Base implements Closeable
    11 constant Client.LIMIT | public const LIMIT = 4
    15-18 method Client.__construct | public function __construct(string $host)
    20-24 method Client.connect | public static function connect(int $port): ?int
    27-30 interface Greeter | interface Greeter
    29 method Greeter.greet | public function greet(string $name): string
    32-35 trait Loud | trait Loud
    34 method Loud.shout | function shout()
    37-40 enum State | enum State: string
    42-45 function main | function main(): void
    ");
}

#[test]
fn lua() {
    insta::assert_snapshot!(shown("lua"), @r#"
    1 variable socket | local socket = require("socket")
    2 variable LIMIT | LIMIT = 3
    4 variable Client | local Client = {}
    7-10 function Client.new | function Client.new(host)
    12-14 method Client.connect | function Client:connect(port)
    16-18 function Client.close | Client.close = function(self)
    20-22 function helper | local function helper(a, b)
    24-26 function twice | local twice = function(a)
    28-30 function main | function main()
    "#);
}

#[test]
fn elixir() {
    insta::assert_snapshot!(shown("elixir"), @r#"
    1-25 module Net.Client | defmodule Net.Client
    6-11 function Net.Client.connect | def connect(host, port)
    13 function Net.Client.twice | def twice(value) when is_integer(value), do: value * 2
    15-16 function Net.Client.helper | defp helper(0), do: 1
    18-20 function Net.Client.shout | defmacro shout(text)
    22-24 module Net.Client.Error | defmodule Error
    23 function Net.Client.Error.message | def message(_), do: "a"
    27-29 module Greeter | defprotocol Greeter
    28 function Greeter.greet | def greet(name)
    "#);
}
