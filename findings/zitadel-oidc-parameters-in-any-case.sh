#!/bin/sh
# The Go library github.com/zitadel/oidc/v3 3.52.0 (package op) reads the names of parameters without regard to case:
# GRANT_TYPE is no grant type, but SCOPE counts as scope and TOKEN as token. Where a parameter is in the query and in the
# body of a token request, the one in the query counts. And its token answers have neither Cache-Control nor Pragma.
#
# Seen with 3.52.0 and the library's own example server, on Go 1.26. RFC 6749 section 1.1 has names compared with regard to
# case, and section 5.1 has no-store in every answer with a token. Exits non-zero when any of this changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

var handler http.Handler

func ask(query, body string) (map[string]any, http.Header) {
	request := httptest.NewRequest(http.MethodPost, "/oauth/token"+query, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape("sid1"), url.QueryEscape("verysecret"))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	members := map[string]any{}
	if err := json.Unmarshal(answer.Body.Bytes(), &members); err != nil {
		log.Fatal(answer.Code, answer.Body.String(), err)
	}
	return members, answer.Result().Header
}

func main() {
	users := storage.NewUserStore("http://localhost:9998/")
	handler = exampleop.SetupServer("http://localhost:9998/", storage.NewStorage(users), nil, false)
	wrong := 0
	see := func(what string, seen, expected any) {
		fmt.Printf("%s: %v\n", what, seen)
		if fmt.Sprint(seen) != fmt.Sprint(expected) {
			fmt.Printf("  it was: %v\n", expected)
			wrong = 1
		}
	}
	plain, header := ask("", "grant_type=client_credentials&scope=openid")
	see("scope=openid is granted", plain["scope"], "openid")
	see("Cache-Control of the answer", header.Values("Cache-Control"), []string{})
	see("Pragma of the answer", header.Values("Pragma"), []string{})
	loud, _ := ask("", "grant_type=client_credentials&SCOPE=email")
	see("SCOPE=email is granted", loud["scope"], "email")
	other, _ := ask("", "GRANT_TYPE=client_credentials&scope=openid")
	see("GRANT_TYPE is answered", other["error"], "invalid_request")
	both, _ := ask("?scope=email", "grant_type=client_credentials&scope=openid")
	see("scope=openid in the body, scope=email in the query, granted", both["scope"], "email")
	os.Exit(wrong)
}
GO
cat > go.mod <<'MOD'
module look

go 1.26.0

require github.com/zitadel/oidc/v3 v3.52.0
MOD
go mod tidy 2> tidy.log || { cat tidy.log; exit 1; }
go run .
