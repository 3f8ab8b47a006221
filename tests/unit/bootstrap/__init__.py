"""Tests of what joins the parts."""
