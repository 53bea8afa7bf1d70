import Steering
import Testing

@Suite struct RailTests {}
