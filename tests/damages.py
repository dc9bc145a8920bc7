"""What may happen to a file while nobody looks."""


def flip(file, at=0.5):
    """Turn one bit, in the middle unless another place is named."""
    content = bytearray(file.read_bytes())
    content[int(at * len(content))] ^= 1
    file.write_bytes(content)


def cut(file):
    file.write_bytes(file.read_bytes()[:-7])


def empty(file):
    file.write_bytes(b"")


def lose(file):
    file.unlink()


def make_folder(file):
    file.unlink()
    (file / "inside").mkdir(parents=True)


#: Each by the name of its function.
DAMAGES = {damage.__name__: damage for damage in (flip, cut, empty, lose, make_folder)}
