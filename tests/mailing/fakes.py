"""A mail server that answers as a test says. Set `settings.EMAIL_BACKEND = "tests.mailing.fakes.Server"`."""

import smtplib

from django.core.mail.backends.base import BaseEmailBackend


class Line(smtplib.SMTP):
    """The line to the server, as far as delivery looks at it."""

    def __init__(self):
        self.lost = False

    def noop(self):
        if self.lost:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return 250, b"OK"


class Server(BaseEmailBackend):
    #: What happens at each connect and for each mail: an exception, a function, or None for "accepted".
    connects: list = []
    answers: list = []
    delivered: list = []
    closed = 0
    connection = None

    @classmethod
    def reset(cls, *answers, connects=()):
        cls.answers, cls.connects, cls.delivered, cls.closed = list(answers), list(connects), [], 0

    def open(self):
        answer = Server.connects.pop(0) if Server.connects else None
        if answer is not None:
            raise answer
        self.connection = Line()
        return True

    def close(self):
        Server.closed += 1
        self.connection = None

    def send_messages(self, messages):
        for message in messages:
            answer = Server.answers.pop(0) if Server.answers else None
            if callable(answer) and not isinstance(answer, (type, BaseException)):
                answer = answer(self, message)
            if isinstance(answer, BaseException):
                raise answer
            Server.delivered.append(message)
        return len(messages)
