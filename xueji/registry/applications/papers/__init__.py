"""The papers of an application: evidence that came in, and what is printed of it with a code that finds it again."""
