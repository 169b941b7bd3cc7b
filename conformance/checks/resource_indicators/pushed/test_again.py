"""What holds of resources in an authorization request holds in one that was pushed: the same checks again."""

from __future__ import annotations

from conformance.checks.resource_indicators import test_grants, test_naming
from conformance.checks.support.again import again

MAPPED = "legal-resources-mapped"
ONE = "legal-resources-one-at-a-time"

test_no_resource = again(
    test_naming.test_an_authorization_request_for_no_resource_is_refused,
    broken_by="resources-authorize-unknown-accepted",
    resources=True,
)
test_two_resources = again(
    test_naming.test_an_authorization_request_may_name_two_resources,
    broken_by="resources-authorize-repeated-refused",
    tolerated=(ONE,),
    resources=True,
)
test_the_resource_of_the_grant = again(
    test_grants.test_the_resource_of_the_request_is_that_of_the_grant,
    broken_by="resources-of-the-request-forgotten",
    tolerated=(MAPPED, ONE),
    resources=True,
)
test_one_of_two_resources = again(
    test_grants.test_a_code_for_two_resources_gives_a_token_for_one,
    broken_by="resources-of-the-token-request-ignored",
    tolerated=(MAPPED,),
    resources=True,
)
test_the_resource_after_a_refresh = again(
    test_grants.test_a_refresh_keeps_the_resource,
    broken_by="resources-lost-at-refresh",
    tolerated=(MAPPED, ONE),
    resources=True,
)
test_another_resource = again(
    test_grants.test_a_code_gives_no_token_for_another_resource,
    broken_by="resources-beyond-the-grant",
    tolerated=(MAPPED, ONE),
    resources=True,
)
