#!/usr/bin/env python3
"""Makes logs/ and links.txt, the same each time. Needs the commands gzip and zstd.

logs/: access logs of three days of a small shop, one file a day, in the common log format. Hosts, hours and pages
are drawn with fixed weights. Most requests are answered with 200, some pages are missing (404), and the checkout
fails (500, 503) on the second day between 13:00 and 15:00.

links.txt: the links between 200 pages, a line `FROM TO` each. A page links to pages that others link to already
with the better chance the more do, so that a few are linked to by many.
"""
import pathlib
import random
import subprocess

HERE = pathlib.Path(__file__).parent
PAGES = ["/", "/cart", "/checkout", "/help", "/login", "/search?q=shoes", "/products/17", "/products/42", "/favicon.ico"]
WEIGHTS = [30, 12, 8, 4, 9, 14, 11, 9, 3]


def log_of_day(day, lines, pick):
    seconds = sorted(pick.randrange(86400) for _ in range(lines))
    for at in seconds:
        hour = at // 3600
        host = f"10.0.{pick.choice([0, 0, 1, 2])}.{pick.randrange(1, 60)}"
        page = pick.choices(PAGES, WEIGHTS)[0]
        status = 200
        if page == "/favicon.ico":
            status = 404
        elif page == "/checkout" and day == 2 and 13 <= hour < 15:
            status = pick.choice([500, 500, 503])
        elif pick.random() < 0.004:
            status = 500
        method = "POST" if page in ("/checkout", "/login") else "GET"
        time = f"{day:02}/May/2024:{hour:02}:{at // 60 % 60:02}:{at % 60:02} +0000"
        yield f'{host} - - [{time}] "{method} {page} HTTP/1.1" {status} {pick.randrange(200, 20000)}\n'


def make_logs():
    pick = random.Random(1)
    folder = HERE / "logs"
    folder.mkdir(exist_ok=True)
    for day, lines, command in ((1, 400, None), (2, 3000, ["gzip", "-9n"]), (3, 3000, ["zstd", "-19", "-q", "--rm", "-f"])):
        path = folder / f"2024-05-0{day}.log"
        path.write_text("".join(log_of_day(day, lines, pick)))
        if command:
            subprocess.run([*command, "-f", str(path)], check=True)


def make_links():
    pick = random.Random(2)
    linked, lines = ["home"], []
    for number in range(200):
        page = "home" if number == 0 else f"page{number}"
        for _ in range(pick.randrange(2, 8)):
            to = pick.choice(linked) if pick.random() < 0.8 else f"page{pick.randrange(1, 200)}"
            linked.append(to)
            lines.append(f"{page} {to}\n")
    (HERE / "links.txt").write_text("".join(lines))


make_logs()
make_links()
