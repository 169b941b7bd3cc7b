"""The pages that the resource owner meets: signing in, consent, errors, and taking access back.

They are judged in a real browser, which decides about frames, cookies and redirects as an owner's does. Not judged is
what no sentence of the ledger asks of a server: HSTS on its host, attributes of a cookie for their own sake (whether a
foreign page can use the session is tried instead), caching and referrers of pages, what is said when a session was
lost, errors as JSON, the back button, and which means of redirection is used (RFC 6749 section 1.7 allows any). Nor is
it judged when a scope value that exists, and was not asked for, is put into the owner's own form and granted: the scope
follows her instructions (RFC 6749 section 3.3), and the client is to be told. Changing the form for signing in is tried
with a redirect_uri alone: other fields of a request in it make at most another request, which she may open anyway.
"""
