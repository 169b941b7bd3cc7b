"""Clients that are known by a document at their identifier (draft-ietf-oauth-client-id-metadata-document-01)."""
