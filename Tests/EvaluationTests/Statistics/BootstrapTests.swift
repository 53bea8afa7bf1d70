import Testing

@testable import Evaluation

@Suite struct BootstrapTests {
    @Test("every resample is of the sample's size, drawn from all of it")
    func replicates() throws {
        let bootstrap = try Bootstrap(episodes: 4, resamples: 2_000)
        let means = bootstrap.replicateMeans(of: [0, 0, 0, 4])
        #expect(means.count == 2_000)
        #expect(Set(means).isSubset(of: [0, 1, 2, 3, 4]))
        #expect(abs(Sample.mean(means) - 1) < 0.06)
        // The variance of a resampled mean is (n − 1) / n of s² / n: 0.75 here.
        #expect(abs(Sample.deviation(means) * Sample.deviation(means) - 0.75) < 0.08)
    }

    @Test("one draw serves all series: the difference of resampled means is the resampled mean of differences")
    func joint() throws {
        let bootstrap = try Bootstrap(episodes: 5, resamples: 300)
        let (a, b): ([Double], [Double]) = ([1, 2, 3, 4, 9], [0, 5, 2, 2, 8])
        let apart = zip(bootstrap.replicateMeans(of: a), bootstrap.replicateMeans(of: b)).map { $0 - $1 }
        let together = bootstrap.replicateMeans(of: zip(a, b).map { $0 - $1 })
        #expect(zip(apart, together).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test("the jackknife leaves one out")
    func jackknife() throws {
        let bootstrap = try Bootstrap(episodes: 3, resamples: 100)
        #expect(bootstrap.jackknifeMeans(of: [1, 2, 6]) == [4, 3.5, 1.5])
    }
}
