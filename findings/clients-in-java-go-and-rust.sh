#!/bin/sh
# What client libraries in Java, Go and Rust make of token answers, of RFC 6749 section 5.1 and beside it: some refuse what
# others take, and one gives a token one second to live. A scripted server on 127.0.0.1 gives the answers; each library
# asks for each once.
#
# Seen with Nimbus oauth2-oidc-sdk 11.39, Spring Security 7.1.2, golang.org/x/oauth2 0.38.0 and oauth2 for Rust 5.0.0.
# conformance/ledger/clients/observed.toml has these and the libraries of other ecosystems. Exits non-zero when any of
# this changes. Takes one to three minutes, most of it compiling; needs python3, and java with mvn, go, cargo: a library
# whose compiler is not there is passed over, and said to be.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/java/src/main/java" "$folder/go" "$folder/rust/src"

cat > "$folder/java/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>ask</artifactId><version>1</version>
  <properties>
    <maven.compiler.source>17</maven.compiler.source><maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency><groupId>com.nimbusds</groupId><artifactId>oauth2-oidc-sdk</artifactId><version>11.39</version></dependency>
    <dependency><groupId>org.springframework.security</groupId><artifactId>spring-security-oauth2-client</artifactId><version>7.1.2</version></dependency>
    <dependency><groupId>tools.jackson.core</groupId><artifactId>jackson-databind</artifactId><version>3.1.0</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
POM
cat > "$folder/java/src/main/java/Ask.java" <<'JAVA'
import com.nimbusds.oauth2.sdk.*;
import com.nimbusds.oauth2.sdk.auth.*;
import com.nimbusds.oauth2.sdk.id.ClientID;
import java.net.URI;
import java.time.Duration;
import org.springframework.security.oauth2.client.endpoint.*;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;

public class Ask {
  static String nimbus(String url) throws Exception {
    var basic = new ClientSecretBasic(new ClientID("c"), new Secret("s"));
    var asked = new TokenRequest(URI.create(url), basic, new ClientCredentialsGrant(), null);
    var told = TokenResponse.parse(asked.toHTTPRequest().send());
    return told.indicatesSuccess() ? "takes" : "refuses";
  }

  static String spring(String url) {
    var client = ClientRegistration.withRegistrationId("c").clientId("c").clientSecret("s")
        .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS).tokenUri(url).build();
    var told = new RestClientClientCredentialsTokenResponseClient()
        .getTokenResponse(new OAuth2ClientCredentialsGrantRequest(client)).getAccessToken();
    var life = Duration.between(told.getIssuedAt(), told.getExpiresAt()).toSeconds();
    return life == 1 ? "takes for one second" : "takes";
  }

  public static void main(String[] base) {
    for (int at = 0; at < Integer.parseInt(base[1]); at++) {
      String url = base[0] + "/" + at, outcome;
      try { outcome = nimbus(url); } catch (Exception e) { outcome = "refuses"; }
      System.out.println(at + " Nimbus: " + outcome);
      try { outcome = spring(url); } catch (Exception e) { outcome = "refuses"; }
      System.out.println(at + " Spring Security: " + outcome);
    }
  }
}
JAVA
cat > "$folder/go/main.go" <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/oauth2/clientcredentials"
)

func main() {
	count, _ := strconv.Atoi(os.Args[2])
	for at := 0; at < count; at++ {
		client := clientcredentials.Config{ClientID: "c", ClientSecret: "s", TokenURL: fmt.Sprintf("%s/%d", os.Args[1], at)}
		outcome := "takes"
		if _, err := client.Token(context.Background()); err != nil {
			outcome = "refuses"
		}
		fmt.Printf("%d x/oauth2: %s\n", at, outcome)
	}
}
GO
cat > "$folder/rust/Cargo.toml" <<'TOML'
[package]
name = "ask"
version = "1.0.0"
edition = "2021"
[dependencies]
oauth2 = { version = "=5.0.0", default-features = false, features = ["ureq"] }
TOML
cat > "$folder/rust/src/main.rs" <<'RUST'
use oauth2::basic::BasicClient;
use oauth2::{ureq, ClientId, ClientSecret, TokenUrl};

fn main() {
    let told: Vec<String> = std::env::args().collect();
    for at in 0..told[2].parse::<usize>().unwrap() {
        let client = BasicClient::new(ClientId::new("c".into()))
            .set_client_secret(ClientSecret::new("s".into()))
            .set_token_uri(TokenUrl::new(format!("{}/{}", told[1], at)).unwrap());
        let agent = ureq::AgentBuilder::new().redirects(0).build();
        let outcome = if client.exchange_client_credentials().request(&agent).is_ok() { "takes" } else { "refuses" };
        println!("{at} oauth2 for Rust: {outcome}");
    }
}
RUST

cat > "$folder/look.py" <<'PYTHON'
import http.server
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

TOKEN = {"access_token": "at", "token_type": "Bearer", "expires_in": 3600}
JSON = "application/json"
TAKES, REFUSES, BRIEFLY = "takes", "refuses", "takes for one second"


def changed(**members):
    return {name: value for name, value in {**TOKEN, **members}.items() if value is not None}


ANSWERS = {
    "as it should be": (200, JSON, TOKEN),
    "no token_type": (200, JSON, changed(token_type=None)),
    "text/plain": (200, "text/plain", TOKEN),
    "no expires_in, which is conforming": (200, JSON, changed(expires_in=None)),
    "expires_in with a fraction": (200, JSON, changed(expires_in=3599.5)),
    "expires_in as text": (200, JSON, changed(expires_in="3600")),
    "scope an array": (200, JSON, changed(scope=["read", "write"])),
    "status 201": (201, JSON, TOKEN),
}
LIBRARIES = ("Nimbus", "Spring Security", "x/oauth2", "oauth2 for Rust")
EXPECTED = {
    "as it should be": (TAKES, TAKES, TAKES, TAKES),
    "no token_type": (REFUSES, REFUSES, TAKES, REFUSES),
    "text/plain": (REFUSES, REFUSES, REFUSES, REFUSES),
    "no expires_in, which is conforming": (TAKES, BRIEFLY, TAKES, TAKES),
    "expires_in with a fraction": (TAKES, BRIEFLY, REFUSES, REFUSES),
    "expires_in as text": (TAKES, TAKES, TAKES, REFUSES),
    "scope an array": (REFUSES, TAKES, TAKES, REFUSES),
    "status 201": (REFUSES, TAKES, TAKES, REFUSES),
}


class Scripted(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, kind, told = list(ANSWERS.values())[int(self.path[1:])]
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in (("content-type", kind), ("cache-control", "no-store"), ("content-length", len(body))):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def asked(folder, tool, *commands):
    """What the libraries of one language say: by answer and library. Nothing where the compiler is not there."""
    if shutil.which(tool) is None:
        print(f"{tool} is not there: its libraries are passed over")
        return {}
    for command in commands:
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if ended.returncode:
            sys.exit(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    lines = [line.partition(" ") for line in ended.stdout.splitlines() if line[:1].isdigit()]
    return {(int(at), *told.split(": ", 1)[:1]): told.split(": ", 1)[1] for at, _, told in lines}


def main(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told = (f"http://127.0.0.1:{server.server_port}", str(len(ANSWERS)))
    java, go, rust = (Path(folder) / name for name in ("java", "go", "rust"))
    maven = ("mvn", "-q", "-B", "dependency:build-classpath", "-Dmdep.outputFile=classpath", "compile")
    run_java = ("sh", "-c", 'exec java -cp "target/classes:$(cat classpath)" Ask "$0" "$1"', *told)
    found = asked(java, "mvn", maven, run_java)
    found |= asked(
        go, "go", ("go", "mod", "init", "example/ask"), ("go", "get", "golang.org/x/oauth2@v0.38.0"), ("go", "run", ".", *told)
    )
    found |= asked(rust, "cargo", ("cargo", "build", "-q"), ("target/debug/ask", *told))
    differs = not found
    for at, name in enumerate(ANSWERS):
        came = [(library, found.get((at, library))) for library in LIBRARIES]
        print(f"{name}: " + "; ".join(f"{library} {what}" for library, what in came if what))
        for (library, what), before in zip(came, EXPECTED[name]):
            if what not in (None, before):
                differs = True
                print(f"  CHANGED: {library} was: {before}")
    return int(differs)


sys.exit(main(sys.argv[1]))
PYTHON

python3 "$folder/look.py" "$folder"
