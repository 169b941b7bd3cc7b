"""What holds of an authorization request holds of one that was pushed: the same checks, by the other way in.

Each cites RFC 9126 section 4, with a fault that it notices here. Whether a redirection URI is registered is none of
them: a server may take new ones from clients that authenticate (section 2.4).
"""

from __future__ import annotations

from conformance.checks.authorization import (
    test_challenge,
    test_parameters,
    test_response_type,
    test_scope,
    test_state,
)
from conformance.checks.support.again import again

test_the_state_comes_back = again(
    test_state.test_a_code_comes_with_the_state_of_its_request, broken_by="authorize-state-dropped-on-success"
)
test_state_of_every_character = again(
    test_state.test_state_may_hold_every_printable_character, broken_by="authorize-state-trimmed"
)
test_state_with_spaces = again(
    test_state.test_state_keeps_the_spaces_around_it, broken_by="authorize-state-stripped"
)
test_no_state = again(test_state.test_a_request_may_come_without_state, broken_by="authorize-state-required")
test_no_state_is_invented = again(
    test_state.test_no_state_comes_back_where_none_was_sent, broken_by="authorize-state-invented"
)
test_scope_in_any_order = again(
    test_scope.test_the_order_of_a_scope_means_nothing, broken_by="authorize-scope-order-matters"
)
test_malformed_scope = again(
    test_scope.test_a_malformed_scope_is_not_granted, broken_by="authorize-malformed-scope-granted"
)
test_no_response_type = again(
    test_response_type.test_a_request_without_response_type_gets_no_code,
    broken_by="authorize-response-type-optional",
)
test_unknown_response_type = again(
    test_response_type.test_an_unknown_response_type_is_unsupported,
    broken_by="authorize-response-type-substring",
)
test_response_type_in_capitals = again(
    test_response_type.test_response_type_is_matched_by_case, broken_by="authorize-response-type-in-any-case"
)
test_unknown_challenge_method = again(
    test_challenge.test_an_unknown_method_is_an_invalid_request, broken_by="pkce-unknown-method-accepted"
)
test_challenge_method_in_lower_case = again(
    test_challenge.test_methods_are_matched_by_case, broken_by="pkce-unknown-method-accepted"
)
test_method_without_challenge = again(
    test_challenge.test_a_method_is_no_challenge, broken_by="pkce-method-does-for-a-challenge"
)
test_challenge_in_the_answer = again(
    test_challenge.test_an_answer_does_not_show_the_challenge, broken_by="pkce-code-holds-its-challenge"
)
test_unknown_parameter = again(
    test_parameters.test_an_unknown_parameter_is_ignored, broken_by="authorize-unknown-parameter-refused"
)
test_empty_parameter = again(
    test_parameters.test_an_empty_parameter_is_an_omitted_one, broken_by="authorize-empty-counts-as-present"
)
