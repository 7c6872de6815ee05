#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""nft(8) where there is none: a command, or -f -, by the library that CRIU has it from."""

import ctypes
import sys

nft = ctypes.CDLL("libnftables.so.1")
nft.nft_ctx_new.restype = ctypes.c_void_p
nft.nft_run_cmd_from_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
said = sys.stdin.read() if sys.argv[1:] == ["-f", "-"] else " ".join(sys.argv[1:])
sys.exit(1 if nft.nft_run_cmd_from_buffer(nft.nft_ctx_new(0), said.encode()) else 0)
