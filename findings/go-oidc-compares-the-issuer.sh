#!/bin/sh
# What go-oidc makes of the issuer in a metadata document (RFC 8414 section 3.3, OpenID Connect Discovery): one slash more
# than in the URL that it was given, and it refuses the document. One that lacks jwks_uri it takes. A scripted server on
# 127.0.0.1 gives the documents.
#
# Seen with github.com/coreos/go-oidc/v3 3.21.0. Exits non-zero when any of this changes. Takes about half a minute, most of
# it compiling; needs go.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/coreos/go-oidc/v3/oidc"
)

func main() {
	var metadata map[string]string
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "application/json")
		json.NewEncoder(answer).Encode(metadata)
	}))
	defer server.Close()
	issuer := server.URL + "/as"
	cases := []struct{ what, issuer, keys, before string }{
		{"its own issuer", issuer, issuer + "/jwks", "takes"},
		{"an issuer with one slash more", issuer + "/", issuer + "/jwks", "refuses"},
		{"no issuer", "", issuer + "/jwks", "refuses"},
		{"no jwks_uri", issuer, "", "takes"},
	}
	changed := false
	for _, each := range cases {
		metadata = map[string]string{
			"authorization_endpoint": issuer + "/authorize",
			"token_endpoint":         issuer + "/token",
		}
		for name, value := range map[string]string{"issuer": each.issuer, "jwks_uri": each.keys} {
			if value != "" {
				metadata[name] = value
			}
		}
		outcome := "takes"
		if _, err := oidc.NewProvider(context.Background(), issuer); err != nil {
			outcome = "refuses"
		}
		fmt.Printf("%s: go-oidc %s\n", each.what, outcome)
		if outcome != each.before {
			changed = true
			fmt.Printf("  CHANGED, was: %s\n", each.before)
		}
	}
	if changed {
		os.Exit(1)
	}
}
GO
go mod init example/ask 2>/dev/null
go get github.com/coreos/go-oidc/v3/oidc@v3.21.0 2>/dev/null
timeout 300 go run .
