"""A site where everything is different: own user, image and document models, languages in the path, a strict CSP."""
