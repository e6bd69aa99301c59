"""The settings of the gateway: see `gateway`."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

__all__ = ["GatewaySettings"]


class GatewaySettings(BaseSettings):
    """Part of the settings."""

    gateway_host: str = Field("127.0.0.1", description="where the gateway listens")
    gateway_port: int = Field(8090, ge=0, le=65535, description="its port; 0: any free one")
    gateway_max_body: int = Field(
        20 * 1024 * 1024, ge=1024, le=1024**3, description="bytes of a request's body, as it is sent"
    )
    gateway_max_decoded: int = Field(
        50 * 1024 * 1024, ge=1024, le=1024**3, description="bytes of a request's body, decompressed"
    )
    gateway_spool_bytes: int = Field(
        1024**3, ge=0, description="bytes on disk, in the data folder, for what comes while Kafka is away; 0: none"
    )
    gateway_connections: int = Field(10_000, ge=1, le=1_000_000, description="connections to one gateway at a time")

    gateway_gelf_host: str = Field(
        "127.0.0.1", description="where GELF is taken over TCP and UDP, of anybody who gets there"
    )
    gateway_gelf_tcp_port: int = Field(0, ge=0, le=65535, description="its port for TCP, mostly 12201; 0: it is off")
    gateway_gelf_udp_port: int = Field(0, ge=0, le=65535, description="its port for UDP, mostly 12201; 0: it is off")
    gateway_gelf_tls_cert: Path | None = Field(None, description="certificate (chain, PEM) for GELF over TCP by TLS")
    gateway_gelf_tls_key: Path | None = Field(None, description="its key (PEM, without a password)")
    gateway_gelf_key: SecretStr | None = Field(
        None, description="the key as which that is taken: its project, environment and limits"
    )
    gateway_fluent_host: str = Field("127.0.0.1", description="where Fluentd's forward protocol is taken")
    gateway_fluent_port: int = Field(0, ge=0, le=65535, description="its port, mostly 24224; 0: it is off")
    gateway_fluent_key: SecretStr | None = Field(None, description="the key as which that is taken, likewise")
    gateway_fluent_shared_key: SecretStr | None = Field(
        None, description="`shared_key` that senders have to know; unset: anybody who gets there may send"
    )

    gateway_fluent_username: str | None = Field(
        None, description="user that senders have to be, beside the shared key (`user_auth`); unset: it does not matter"
    )
    gateway_fluent_password: SecretStr | None = Field(None, description="the password of that")
    gateway_fluent_tls_cert: Path | None = Field(
        None, description="certificate (chain, PEM) for the forward protocol by TLS; unset: it is taken in the clear"
    )
    gateway_fluent_tls_key: Path | None = Field(None, description="its key (PEM, without a password)")

    @model_validator(mode="after")
    def _ports_have_keys(self) -> Self:
        if (self.gateway_gelf_tcp_port or self.gateway_gelf_udp_port) and self.gateway_gelf_key is None:
            raise ValueError("SEAWALL_GATEWAY_GELF_KEY is needed with a port for GELF: see `seawall key create`")
        if self.gateway_fluent_port and self.gateway_fluent_key is None:
            raise ValueError(
                "SEAWALL_GATEWAY_FLUENT_KEY is needed with SEAWALL_GATEWAY_FLUENT_PORT: see `seawall key create`"
            )
        return self

    @model_validator(mode="after")
    def _listeners_are_whole(self) -> Self:
        for name in ("gelf", "fluent"):
            if (getattr(self, f"gateway_{name}_tls_cert") is None) != (
                getattr(self, f"gateway_{name}_tls_key") is None
            ):
                raise ValueError(f"SEAWALL_GATEWAY_{name.upper()}_TLS_CERT and _TLS_KEY go together")
        if (self.gateway_fluent_username is None) != (self.gateway_fluent_password is None):
            raise ValueError("SEAWALL_GATEWAY_FLUENT_USERNAME and _PASSWORD go together")
        if self.gateway_fluent_username is not None and self.gateway_fluent_shared_key is None:
            raise ValueError(
                "SEAWALL_GATEWAY_FLUENT_USERNAME wants SEAWALL_GATEWAY_FLUENT_SHARED_KEY: see Fluentd's `security`"
            )
        return self
