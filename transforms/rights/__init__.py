"""Rights: what licences and credits say, and which of them a corpus may hold."""
