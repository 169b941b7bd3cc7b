"""The pages that the resource owner meets: signing in, consent, errors, and taking access back."""
