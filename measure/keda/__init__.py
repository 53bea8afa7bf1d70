"""What KEDA does with an external scaler: its five calls, in its order."""

import time
from dataclasses import dataclass, field

import grpc

from measure.keda.externalscaler_pb2 import (
    GetMetricSpecResponse,
    GetMetricsRequest,
    GetMetricsResponse,
    IsActiveResponse,
    ScaledObjectRef,
)

SERVICE = "/externalscaler.ExternalScaler/"
# Seconds that a call may take.
PATIENCE = 10


class Scaler:
    """The five calls, over a channel that all ScaledObjects share, as they do in KEDA."""

    def __init__(self, address: str, credentials: grpc.ChannelCredentials | None = None, **options: str) -> None:
        pairs = list(options.items())
        if credentials:
            self.channel = grpc.secure_channel(address, credentials, pairs)
        else:
            self.channel = grpc.insecure_channel(address, pairs)
        self.is_active = self._unary("IsActive", IsActiveResponse)
        self.get_metric_spec = self._unary("GetMetricSpec", GetMetricSpecResponse)
        self.get_metrics = self._unary("GetMetrics", GetMetricsResponse)
        self.stream_is_active = self._stream("StreamIsActive", IsActiveResponse)
        self.stream_metric_spec = self._stream("StreamMetricSpec", GetMetricSpecResponse)

    def _unary(self, name: str, response: type):
        call = self.channel.unary_unary(
            SERVICE + name,
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=response.FromString,
        )
        return lambda request: call(request, timeout=PATIENCE)

    def _stream(self, name: str, response: type):
        return self.channel.unary_stream(
            SERVICE + name,
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=response.FromString,
        )

    def __enter__(self) -> "Scaler":
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()


@dataclass
class ScaledObject:
    """A trigger of KEDA's: the specification once, then GetMetrics and IsActive at every poll."""

    scaler: Scaler
    name: str
    metadata: dict[str, str] = field(default_factory=dict)
    # Of each call, in seconds.
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reference = ScaledObjectRef(name=self.name, namespace="default", scalerMetadata=self.metadata)
        (self.spec,) = self._timed(self.scaler.get_metric_spec, self.reference).metricSpecs

    def _timed(self, call, request):
        begun = time.perf_counter()
        try:
            return call(request)
        finally:
            self.seconds.append(time.perf_counter() - begun)

    def poll(self) -> tuple[float, bool]:
        """The metric's value and whether the workload is active. An RpcError: KEDA applies `fallback`."""
        request = GetMetricsRequest(scaledObjectRef=self.reference, metricName=self.spec.metricName)
        (value,) = self._timed(self.scaler.get_metrics, request).metricValues
        is_active = self._timed(self.scaler.is_active, self.reference).result
        # As KEDA reads them: the double only where it is above 0.
        return value.metricValueFloat if value.metricValueFloat > 0 else float(value.metricValue), is_active
