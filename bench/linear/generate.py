"""Writes the benchmark's examples as Vowpal Wabbit text: two categorical fields whose product decides the
label, and ten fields of noise (the generator described in outbrain/fwumious_wabbit's BENCHMARK.md).

usage: generate.py LINES FILE [SEED]
"""
import random
import sys

ANIMALS = [("Herbivore", "Plants"), ("Carnivore", "Meat")]
NOISE = "CDEFGHIJKL"
IDS = 100  # of each kind of animal and food: each pair is met 25 times in a million lines


def main():
    lines, path = int(sys.argv[1]), sys.argv[2]
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    with open(path, "w") as out:
        for _ in range(lines):
            eater, food = rng.randrange(2), rng.randrange(2)
            likes = eater == food
            label = "1" if likes == (rng.random() < 0.9) else "-1"
            fields = [f"|A {ANIMALS[eater][0]}-{rng.randrange(IDS)}", f"|B {ANIMALS[food][1]}-{rng.randrange(IDS)}"]
            fields += [f"|{name} {name}{rng.randrange(10000)}" for name in NOISE]
            out.write(label + " " + " ".join(fields) + "\n")


main()
