"""Signing keys as providers issue them, new for each run."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Keys:
    """What signs and what verifies, as text; the same text where the secret is shared."""

    private: str = field(repr=False)
    public: str = field(repr=False)
    # The key object behind an asymmetric pair.
    pair: PrivateKey | None = field(default=None, repr=False)


NewKeys = Callable[[], Keys]


def text_secret(prefix: str = "") -> NewKeys:
    """Random text behind the provider's prefix, used as it is."""
    return lambda: shared(prefix + secrets.token_hex(20))


def base64_secret(prefix: str = "", strip: str = "") -> NewKeys:
    """Base64 behind a prefix; the key is what it decodes to. `strip` is issued before the prefix, and kept."""
    return lambda: shared(strip + prefix + base64.b64encode(secrets.token_bytes(32)).decode())


def hex_secret() -> Keys:
    return shared(secrets.token_hex(32).upper())


def shared(secret: str) -> Keys:
    return Keys(secret, secret)


def ed25519_pair(written: Callable[[bytes], str]) -> NewKeys:
    """`written` writes 32 bytes as the provider shows its public key; the private one is the seed, written alike."""

    def new() -> Keys:
        pair = ed25519.Ed25519PrivateKey.generate()
        public = pair.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        seed = pair.private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        return Keys(written(seed), written(public), pair)

    return new


def p256_pair() -> Keys:
    """The public key is the bare base64 of its SPKI, without the lines of PEM."""
    pair = ec.generate_private_key(ec.SECP256R1())
    der = pair.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Keys(private_pem(pair), base64.b64encode(der).decode(), pair)


def p521_pair() -> Keys:
    pair = ec.generate_private_key(ec.SECP521R1())
    return Keys(private_pem(pair), public_pem(pair), pair)


def rsa_pair() -> Keys:
    pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Keys(private_pem(pair), public_pem(pair), pair)


def rsa_jwks() -> Keys:
    """The private key is a JWK whose id is `KEY_ID`, the public one a JWK set of one key."""
    pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = pair.private_numbers()
    public = private.public_numbers
    shared_members = {"kty": "RSA", "use": "sig", "kid": KEY_ID, "n": in_jwk(public.n), "e": in_jwk(public.e)}
    secret_members = {"d": private.d, "p": private.p, "q": private.q}
    secret_members |= {"dp": private.dmp1, "dq": private.dmq1, "qi": private.iqmp}
    secret_key = {**shared_members, **{name: in_jwk(number) for name, number in secret_members.items()}}
    public_key = {**shared_members, "key_ops": ["verify"]}
    return Keys(json.dumps(secret_key), json.dumps({"keys": [public_key]}), pair)


def in_jwk(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode().rstrip("=")


def private_pem(pair: PrivateKey) -> str:
    return pair.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_pem(pair: PrivateKey) -> str:
    return pair.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


KEY_ID = "cross-check"
