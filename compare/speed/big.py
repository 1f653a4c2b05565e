"""Makes a large PST file: big.py FILE [MESSAGES]. With 28,000 messages it has a gigabyte.

The messages have bodies of random length; every fourth has an attachment of random bytes. The
writer is the evaluation version of Aspose.Email from PyPI, which is proprietary: what it makes
serves to measure here, and is passed on to nobody. The same count gives the same content.
"""

import random
import sys

from aspose.email.mapi import MapiMessage, OutlookMessageFormat
from aspose.email.storage.pst import FileFormatVersion, PersonalStorage

WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor".split()


def main():
    path, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 28000
    chance = random.Random(7)
    with PersonalStorage.create(path, FileFormatVersion.UNICODE) as pst:
        folders = [pst.root_folder.add_sub_folder(f"Folder {n}") for n in range(10)]
        for n in range(count):
            body = " ".join(chance.choice(WORDS) for _ in range(chance.randint(20, 1500)))
            message = MapiMessage(f"sender{n % 50}@example.com", "b@example.com; c@example.com",
                                  f"Message {n}", body, OutlookMessageFormat.UNICODE)
            if n % 4 == 0:
                data = chance.randbytes(chance.randint(1000, 120000))
                message.attachments.add(f"data{n}.bin", data)
            folders[n % 10].add_message(message)


if __name__ == "__main__":
    main()
