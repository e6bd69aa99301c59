"""The settings of the gateway: see `gateway`."""

from pydantic import Field
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
    gateway_connections: int = Field(10_000, ge=1, description="connections to one gateway at a time")
