import Testing

@testable import Evaluation

@Suite struct MetricTextTests {
    @Test("QoS is shown in percent, its differences in points")
    func percent() {
        let qos = MetricText(.qos)
        #expect(qos.title == "QoS (%)" && qos.differenceTitle == "QoS (points)" && qos.text(0.98764) == "98.76")
        #expect(MetricText(.queue).differenceTitle == "queue (tasks)")
    }
}
