"""A mail server for tests, made of aiosmtpd: what it answers depends on the address.

It prints its port, keeps what it takes as NUMBER.envelope and NUMBER.eml in a directory, and ends with
its standard input.
"""

import argparse
import asyncio
import os
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult

options = argparse.ArgumentParser()
options.add_argument("--dir", required=True)
options.add_argument("--tls", choices=["none", "starttls", "wrapper"], default="none")
options.add_argument("--cert")
options.add_argument("--key")
options.add_argument("--user")
options.add_argument("--password")
options.add_argument("--utf8", action="store_true")
options = options.parse_args()


class Handler:
    def __init__(self):
        self.seen = set()
        self.taken = 0

    async def handle_MAIL(self, server, session, envelope, address, parameters):
        if address.startswith("unwanted@"):
            return "550 5.7.1 nothing is taken from you"
        envelope.mail_from = address
        envelope.mail_options.extend(parameters)
        return "250 2.1.0 go on"

    async def handle_RCPT(self, server, session, envelope, address, parameters):
        kind = address.split("@")[0].split("+")[0]
        if kind == "refused":
            return "550 5.1.1 nobody is called that here"
        if kind == "full":
            return "452 4.2.2 the mailbox is full"
        if kind == "grey" and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 come again later"
        if kind == "close":
            server.transport.abort()
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        kinds = {address.split("@")[0].split("+")[0] for address in envelope.rcpt_tos}
        if "spam" in kinds:
            return "554 5.7.1 this looks like spam"
        if "busy" in kinds:
            return "451 4.3.0 no room at the moment"
        if "silent" in kinds:
            await asyncio.sleep(3600)
        self.taken += 1
        name = os.path.join(options.dir, f"{self.taken:05}")
        user = getattr(session.auth_data, "login", b"").decode()
        with open(name + ".envelope", "w") as file:
            encrypted = session.ssl is not None or options.tls == "wrapper"
            print("encrypted" if encrypted else "plain", user, session.host_name, file=file)
            for address in [envelope.mail_from, *envelope.rcpt_tos]:
                print(address, file=file)
        with open(name + ".part", "wb") as file:
            file.write(envelope.original_content)
        os.rename(name + ".part", name + ".eml")
        if "taken" in kinds:
            # It has the mail, and never says so.
            server.transport.abort()
            await asyncio.sleep(3600)
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login.decode() == options.user and data.password.decode() == options.password
    return AuthResult(success=good, handled=False, auth_data=data)


async def main():
    context = None
    if options.tls != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.cert, options.key)
    handler = Handler()

    def server():
        return SMTP(
            handler,
            hostname="mail.example.org",
            enable_SMTPUTF8=options.utf8,
            tls_context=context if options.tls == "starttls" else None,
            require_starttls=options.tls == "starttls",
            authenticator=authenticate if options.user else None,
            auth_required=bool(options.user),
            auth_require_tls=False,
        )

    wrapper = context if options.tls == "wrapper" else None
    listening = await asyncio.get_running_loop().create_server(
        server, "127.0.0.1", 0, ssl=wrapper
    )
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


def end_with_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
asyncio.run(main())
