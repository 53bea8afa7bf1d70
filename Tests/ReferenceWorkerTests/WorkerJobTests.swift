import Foundation
import Testing

@testable import ReferenceWorker

@Suite("Jobs of the reference worker")
struct WorkerJobTests {
    private func parse(_ text: String, isReading: Bool = false) throws(BadJob) -> WorkerJob {
        try WorkerJob.parse(Data(text.utf8), isReading: isReading)
    }

    @Test("A job, an empty one, and what a GET brings")
    func jobs() throws {
        let job = try parse(#"{"id": "7", "ms": 250, "mode": "cpu", "size": 16, "status": 503}"#)
        #expect(job.id == "7" && job.milliseconds == 250 && job.mode == .cpu && job.size == 16 && job.status == 503)
        #expect(try parse("") == WorkerJob())
        #expect(try parse("no JSON", isReading: true) == WorkerJob())
    }

    @Test(
        "What is no job is told why",
        arguments: [
            ("no JSON", "no JSON"), ("[]", "must be a JSON object"), (#"{"ms": "x"}"#, "ms must be a number"),
            (#"{"ms": -1}"#, "ms must be 0 to 3600000"), (#"{"mode": "run"}"#, "one of sleep, cpu, image"),
            (#"{"size": 0}"#, "size must be 1 to 8192"), (#"{"status": 100}"#, "status must be 200 to 599"),
        ])
    func refusals(_ body: String, _ reason: String) {
        let error = #expect(throws: BadJob.self) { try parse(body) }
        #expect(error?.text.contains(reason) == true)
    }

    @Test("Equal sizes give equal images, other sizes other ones")
    func images() {
        #expect(ImagePipeline.run(size: 32) == ImagePipeline.run(size: 32))
        #expect(ImagePipeline.run(size: 32) != ImagePipeline.run(size: 33))
        let image = ImagePipeline.generate(size: 8)
        #expect(ImagePipeline.thumbnail(of: image, edge: 4).bytes.count == 4 * 4 * 3)
        #expect(ImagePipeline.histogram(of: image).reduce(0, +) == 8 * 8 * 3)
        let grey = ImagePipeline.greyAndBack(image).bytes
        for pixel in stride(from: 0, to: grey.count, by: 3) {
            #expect(Set(grey[pixel..<pixel + 3]).count == 1)
        }
    }

    @Test("A worker that drains takes nothing more, and ends with its last call")
    func load() async {
        let load = WorkerLoad()
        #expect(load.begin()?.inFlight == 1)
        #expect(load.begin()?.call == 2)
        load.end()
        let drained = Task { await load.drain() }
        while !load.isDraining { await Task.yield() }
        #expect(load.begin() == nil)
        load.end()
        await drained.value
    }
}
