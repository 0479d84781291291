"""Tokens that somebody else altered: a few characters changed, lost, added or exchanged."""

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/.%é\x00"


def mutated(text, chance, alphabet=ALPHABET):
    """:param random.Random chance:"""
    letters = list(text)
    for _change in range(chance.randint(1, 3)):
        place = chance.randrange(len(letters))
        change = chance.randrange(4)
        if change == 0:
            letters[place] = chance.choice(alphabet)
        elif change == 1:
            del letters[place]
        elif change == 2:
            letters.insert(place, chance.choice(alphabet))
        else:
            other = chance.randrange(len(letters))
            letters[place], letters[other] = letters[other], letters[place]
    return "".join(letters)
