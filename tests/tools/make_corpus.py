"""Write the labelled corpora: ``python tests/tools/make_corpus.py [SEED SIZE STYLE]``.

Without arguments ``tests/corpus.jsonl`` and ``tests/corpus_held_out.jsonl`` as they ship. With
them one to the standard output: another seed is another sample.
"""

import json
import random
import sys
from pathlib import Path

import corpus_machines
import corpus_parts
import corpus_people

TESTS = Path(__file__).resolve().parents[1]
SIZE = 2
STYLES = {"shipped": corpus_parts.SHIPPED, "held_out": corpus_parts.HELD_OUT}


def lines(seed, size, style):
    """
    :param int size: how often each case's weight is taken
    :param str style: of STYLES
    :rtype: Iterator[str]
    """
    number = 0
    for module in (corpus_people, corpus_machines):
        for case, weight in module.CASES.items():
            draw = corpus_parts.Draw(random.Random(f"{seed} {case.__name__}"), STYLES[style])
            for _time in range(weight * size):
                number += 1
                links, requests = case(draw)
                own = [one["ip"] for one in requests if one["label"] == "self"]
                yield json.dumps(
                    {
                        "mail": f"m{number}",
                        "case": case.__name__,
                        "why": case.__doc__.splitlines()[0],
                        "links": links,
                        "requests": requests,
                        "sender": {"ips": sorted(set(own))},
                    },
                    ensure_ascii=False,
                )


def main(arguments):
    """:return: the exit code"""
    if arguments:
        seed, size, style = arguments
        sys.stdout.writelines(f"{line}\n" for line in lines(seed, int(size), style))
        return 0
    for seed, style, name in ((1, "shipped", "corpus"), (2, "held_out", "corpus_held_out")):
        with (TESTS / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines(seed, SIZE, style))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
