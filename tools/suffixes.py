"""Where a registered domain begins, by the Public Suffix List (https://publicsuffix.org), the copy
that comes with its library. It is read once: that takes a while, and memory.
"""

from publicsuffixlist import PublicSuffixList

SUFFIXES = PublicSuffixList()
