//! Data, documents and build files.

use super::shown;

#[test]
fn json() {
    insta::assert_snapshot!(shown("json"), @r#"
    2 field name | "name": "client"
    3 field scripts | "scripts": { "build": "tsc" }
    4 field limit | "limit": 3
    "#);
}

#[test]
fn toml() {
    insta::assert_snapshot!(shown("toml"), @r#"
    1-2 field name | name = "client"
    3 field "a b" | "a b" = 1
    4 field limits.retries | limits.retries = 3
    6-10 section server | [server]
    10-14 section server.tls | [server.tls]
    16-19 section step | [[step]]
    "#);
}

#[test]
fn hcl() {
    insta::assert_snapshot!(shown("hcl"), @r#"
    1 field region | region = "eu"
    3-5 section terraform | terraform
    7-11 section limit | variable "limit"
    13-19 section main | resource "net_client" "main"
    "#);
}

#[test]
fn proto() {
    insta::assert_snapshot!(shown("proto"), @r"
    5-14 struct Client | message Client
    7 field Client.host | string host = 1
    8 field Client.ports | map<string, int32> ports = 2
    10-13 enum Client.State | enum State
    16-18 enum Color | enum Color
    20-23 interface Greeter | service Greeter
    21-22 method Greeter.Greet | rpc Greet(Client) returns (Client)
    ");
}

#[test]
fn sql() {
    insta::assert_snapshot!(shown("sql"), @r"
    1-5 struct clients | CREATE TABLE clients (
    7 constant clients_by_host | CREATE INDEX clients_by_host ON clients (host)
    9-10 type open_clients | CREATE VIEW open_clients AS
    12-15 function twice | CREATE FUNCTION twice(value INTEGER) RETURNS INTEGER
    ");
}

#[test]
fn css() {
    insta::assert_snapshot!(shown("css"), @r"
    3-5 section :root | :root
    7-12 section .client | .client, #main > a:hover
    14-18 section (min-width: 600px) | @media (min-width: 600px)
    15-17 section (min-width: 600px)..client | .client
    20-23 section turn | @keyframes turn
    ");
}

#[test]
fn html() {
    insta::assert_snapshot!(shown("html"), @r#"
    5-7 section style | <style>
    10-13 section clients | <main id="clients" class="wide">
    12 section clients.list | <ul id="list">
    14-16 section script | <script>
    "#);
}

#[test]
fn markdown() {
    insta::assert_snapshot!(shown("markdown"), @r"
    1-26 section Client | # Client
    5-17 section Client.Limits | ## Limits
    15-17 section Client.Limits.Ports | ### Ports
    19-26 section Client.Use | ## Use
    23-24 section Client.Use.History | History
    ");
}

#[test]
fn containerfile() {
    insta::assert_snapshot!(shown("containerfile"), @r"
    1-2 section build | FROM rust:1 AS build
    3 variable LIMIT | ARG LIMIT=3
    9 section debian:12 | FROM debian:12
    10 variable PORT | ENV PORT=80
    ");
}

#[test]
fn make() {
    insta::assert_snapshot!(shown("make"), @r"
    1 variable LIMIT | LIMIT := 3
    2 variable NAME | NAME = client
    4-6 macro greet | define greet
    10-12 function all | all: main.o util.o
    14-15 function %.o | %.o: %.c
    17-18 function clean | clean
    ");
}

#[test]
fn cmake() {
    insta::assert_snapshot!(shown("cmake"), @r#"
    2 section client | project(client LANGUAGES C)
    4 variable LIMIT | set(LIMIT 3)
    5 variable TESTS | option(TESTS "Build the tests" ON)
    7-10 function add_one | function(add_one name)
    12-14 macro greet | macro(greet)
    16 section net | add_library(net STATIC net.c)
    18 section tests | add_executable(tests tests.c)
    "#);
}
