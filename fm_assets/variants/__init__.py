"""Variants: other producers beside main's, compared, promoted or dropped."""
