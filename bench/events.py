"""Events of about 300 bytes with ids of their own, as requests for bench_load."""
import random

COUNT = 32768


def write(path):
    """Lines of `PATH BODY`; ten '#' stand for the number that bench_load gives."""
    random.seed(1)
    pick = random.choice
    with open(path, "w") as file:
        for _ in range(COUNT):
            file.write(
                f'/v1/events {{"id":"bench-##########","event":"view","user":"u{random.randint(1, 10000)}",'
                f'"item":"i{random.randint(1, 5000)}","properties":{{"country":"{pick(("de", "fr", "cn", "us"))}",'
                f'"device":"{pick(("mobile", "desktop"))}","lat":{random.random() * 90:.4f},'
                f'"lon":{random.random() * 180:.4f},"session":"s{random.randint(1, 99999999):08d}",'
                f'"price":{random.random() * 100:.2f},"quantity":{random.randint(1, 5)},"position":{random.randint(1, 40)},'
                f'"query":"a lamp for the desk number {random.randint(100000, 999999)}",'
                '"tags":["light","desk","green","sale"]}}\n'
            )
