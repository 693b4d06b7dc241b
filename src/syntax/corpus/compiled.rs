//! Languages that are compiled.

use super::shown;

#[test]
fn rust() {
    insta::assert_snapshot!(shown("rust"), @r"
    3 constant RETRIES | const RETRIES: u32 = 3
    5-11 struct Client | pub struct Client
    13-23 implementation Client | impl Client
    14-22 method Client.connect | pub fn connect( &self, port: u16, ) -> Result<(), Error>
    20 function Client.connect.helper | fn helper()
    25-29 implementation Wrapper | impl<T> From<T> for Wrapper<T>
    26-28 method Wrapper.from | fn from(value: T) -> Self
    31-33 trait Greet | pub trait Greet
    32 method Greet.greet | fn greet(&self) -> String
    35 enum State | enum State
    37 macro shout | macro_rules! shout { () => {} }
    39-42 module inner | mod inner
    40 type inner.Alias | type Alias = u8
    41 variable inner.COUNT | static COUNT: usize = 0
    ");
}

#[test]
fn go() {
    insta::assert_snapshot!(shown("go"), @r"
    3-4 constant Limit | const Limit = 3
    7 constant A | A = 1
    8 constant B | B = 2
    11 variable Default | var Default = &Client{}
    13-16 struct Client | type Client struct
    19 type Port | Port int
    20-22 interface Dialer | Dialer interface
    21 method Dialer.Dial | Dial() error
    25-28 method Client.Connect | func (c *Client) Connect(port Port) error
    30 method List.Len | func (l List[T]) Len() int
    32 function main | func main()
    34-40 interface Store | type Store interface
    37-38 method Store.Get | Get(key string) (string, error)
    39 method Store.Set | Set(key, value string)
    42 function Visit | func Visit(found interface{ Inner() })
    ");
}

#[test]
fn java() {
    insta::assert_snapshot!(shown("java"), @r"
    3-17 class Client | public class Client<T> implements Closeable
    8 method Client.Client | public Client(int limit)
    10-13 method Client.close | public void close() throws IOException
    15 enum Client.State | enum State
    16 class Client.Point | record Point(int x, int y)
    19 interface Greeter | interface Greeter
    19 method Greeter.greet | String greet(String name)
    ");
}

#[test]
fn c() {
    insta::assert_snapshot!(shown("c"), @r#"
    2 constant LIMIT | #define LIMIT 3
    3 macro MAX | #define MAX(a, b) ((a) > (b) ? (a) : (b))
    5-8 struct client | struct client
    10 type node_t | typedef struct node { struct node *next; } node_t
    10 struct node_t.node | struct node
    11 type callback | typedef int (*callback)(void *)
    12 enum state | enum state
    13 variable table | static const int table[] = { 1, 2 }
    14 variable count | int count = 0
    18-23 function client_connect | static char *client_connect(struct client *c, int port)
    25 function main | int main(void)
    27-28 variable greeting | static const char *greeting = "hello"
    29 variable names | static const char *const names[] = { "a", "b" }
    30 variable handlers | static int (*handlers[])(int) = { 0 }
    33 variable hosts | static char **hosts = 0
    35 variable separator | const char *separator = "\\"
    37 variable separators | const char separators[] = "/"
    40-46 function client_wait | static void client_wait(void)
    "#);
}

#[test]
fn cpp() {
    insta::assert_snapshot!(shown("cpp"), @r#"
    2 constant LIMIT | #define LIMIT 3
    4-29 module net | namespace net
    6-18 class net.Client | class Client : public Base
    9 method net.Client.Client | explicit Client(std::string host) : host_(host)
    10 method net.Client.~Client | ~Client()
    12-13 method net.Client.is_open | bool is_open() const
    20-23 struct net.Box | template <typename T> struct Box
    25 enum net.State | enum class State
    26 type net.Port | using Port = int
    27 variable net.retries | const int retries = 3
    31-35 method net.Client.connect | int net::Client::connect(int port)
    37-38 function twice | template <typename T> T twice(T value)
    40 function name | char *name()
    42 function main | int main()
    44-48 module net | namespace net
    46 method net.Client.close | void Client::close()
    50 method a.b.Pool.take | net::Client *a::b::Pool::take()
    52 function names | char **names()
    54 method net.Client.hosts | char **net::Client::hosts()
    57 variable kinds | static const char *const kinds[] = {"a", "b"}
    59 variable attempts | int attempts[2][1] = {{1}, {2}}
    62-68 module net | namespace net
    65 variable net.turns | constexpr int *turns = nullptr
    "#);
}

#[test]
fn csharp() {
    insta::assert_snapshot!(shown("csharp"), @r"
    3-35 module Net | namespace Net
    5-29 class Net.Client | public class Client<T> : Base, ICloseable where T : class
    11 field Net.Client.Host | public string Host
    13-16 method Net.Client.Client | public Client(int limit)
    18-24 method Net.Client.ConnectAsync | public async Task<int> ConnectAsync(int port)
    22 function Net.Client.ConnectAsync.Helper | int Helper()
    26 method Net.Client.Twice | public int Twice(int value)
    28 enum Net.Client.State | enum State
    31 class Net.Point | public record Point(int X, int Y)
    32 struct Net.Size | public struct Size
    33 interface Net.IGreeter | interface IGreeter
    33 method Net.IGreeter.Greet | string Greet(string name)
    34 type Net.Done | public delegate void Done(int code)
    ");
}

#[test]
fn kotlin() {
    insta::assert_snapshot!(shown("kotlin"), @r"
    5 variable LIMIT | const val LIMIT = 3
    7-22 class Client | class Client<T>(private val host: String) : Base(), Closeable
    10 field Client.open | val open: Boolean = false
    12-17 method Client.connect | override fun connect(port: Int): Int
    15 function Client.connect.helper | fun helper()
    19-21 class Client.Factory | companion object Factory
    20 method Client.Factory.create | fun create()
    24 class Point | data class Point(val x: Int, val y: Int)
    25 enum State | enum class State
    26-28 interface Greeter | interface Greeter
    27 method Greeter.greet | fun greet(name: String): String
    29-31 class Registry | object Registry
    30 method Registry.clear | fun clear()
    32 type Port | typealias Port = Int
    34 function twice | fun String.twice(): String
    36-38 function main | fun main()
    ");
}

#[test]
fn scala() {
    insta::assert_snapshot!(shown("scala"), @r"
    5-15 class Client | class Client[T](host: String) extends Base with Closeable
    7 field Client.limit | val limit = 3
    9-14 method Client.connect | def connect(port: Int): Int =
    12 function Client.connect.helper | def helper() =
    17-19 class Client | object Client
    18 method Client.apply | def apply(): Client[Int] =
    21-23 trait Greeter | trait Greeter
    22 method Greeter.greet | def greet(name: String): String
    25 class Point | case class Point(x: Int, y: Int)
    27-29 enum State | enum State
    31-33 class Types | object Types
    32 type Types.Port | type Port = Int
    ");
}

#[test]
fn swift() {
    insta::assert_snapshot!(shown("swift"), @r"
    3 variable limit | let limit = 3
    5-20 class Client | public class Client: Base
    8 field Client.host | private let host: String
    10-12 method Client.init | init(host: String)
    14-19 method Client.connect | func connect(port: Int) throws -> Int
    17 function Client.connect.helper | func helper() -> Int
    22-24 struct Point | struct Point
    23 field Point.x | var x: Int
    26-28 enum State | enum State
    30-32 interface Greeter | protocol Greeter
    31 method Greeter.greet | func greet(name: String) -> String
    34-36 implementation Client | extension Client
    35 method Client.close | func close()
    38 type Port | typealias Port = Int
    40-42 function main | func main()
    ");
}

#[test]
fn zig() {
    insta::assert_snapshot!(shown("zig"), @r#"
    1 constant std | const std = @import("std")
    2 constant limit | const limit: u32 = 3
    4-13 struct Client | pub const Client = struct
    8-12 method Client.connect | pub fn connect(self: *Client, port: u16) !void
    15 enum State | const State = enum
    16 enum Problem | const Problem = error{Closed}
    18-20 function helper | fn helper(a: u8) u8
    22 function main | pub fn main() void
    24-26 function "helper" | test "helper"
    "#);
}

#[test]
fn ocaml() {
    insta::assert_snapshot!(shown("ocaml"), @r"
    3 variable limit | let limit = 3
    5-9 type client | type client =
    11 type Closed | exception Closed of string
    13-20 module Net | module Net =
    14 variable Net.retries | let retries = 2
    16-19 function Net.connect | let connect host port =
    22-24 interface Greeter | module type Greeter = sig
    26-28 class counter | class counter =
    27 method counter.next | method next =
    30 function twice | let twice =
    32-33 function main | let rec main () =
    ");
}

#[test]
fn haskell() {
    insta::assert_snapshot!(shown("haskell"), @r#"
    5-9 type Client | data Client = Client
    11 type Port | newtype Port = Port Int
    12 type Name | type Name = String
    14-15 class Greeter | class Greeter a where
    15 method Greeter.greet | greet :: a -> String
    17-18 implementation Greeter | instance Greeter Client where
    18 method Greeter.greet | greet client = host client
    20-21 variable limit | limit = 3
    23-25 function connect | connect name number = Client name number
    27-29 function twice | twice 0 = 0
    31-32 variable main | main = putStrLn "a"
    "#);
}
