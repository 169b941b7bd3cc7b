"""What the RFCs say, as checks: a folder an endpoint or concern. What runs them is in conformance.running.

A check reads alone: what is sent, with which one defect, and what is expected stand in it as plain steps. What is no
step of it is written once: its positive controls (a folder's conftest.py, support/controls.py), how clients, codes and
tokens are obtained (support/), what an answer has to be like (support/expectations.py, or a Fact beside the checks that
assert it), and what several checks leave to the server, as one decorator with a name (refused_in_any_way).

Repeated on purpose are:

- Checks that differ in one value, such as an assertion without iss, sub, aud or exp, a hint that is wrong, unknown or
  empty, a redirection URI of another host, path or port. Each cites statements and faults of its own, and its sentence
  is what a finding says; as parameters of one function they would share all that.
- What is done with a code and with a refresh token (token/test_code_client.py, refresh/test_refresh_client.py), or with
  an access token and with a refresh token (revocation/test_hints.py, test_invalid_tokens.py, test_whose_token.py). The
  steps are alike, the statements, the allowed errors and what shows a dead one are not.
- Fixtures of one name in several folders (code_client, public_client, second_client): each hands its client on after
  the control of its own folder. pytest keeps a fixture's value for the session, whichever folder asked first, so one
  definition above the folders would hand on clients that this folder has not seen.
- authorization/pushed/test_again.py, which is a table: a line a check with its fault, under a name that `-k` knows.
- The rounds of races/: what counts as won, and what may be left over, is the check.
"""
