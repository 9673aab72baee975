//! Metrics for node_exporter, and alerts by them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{Recipe, read_file, run_job, with_files};
use crate::common::console::StandIn;
use crate::common::{Finished, Running, Sandbox, until};

/// The directory and the address of node_exporter in the recipe.
const DIRECTORY: &str = "/var/lib/prometheus/node-exporter";
const ADDRESS: &str = "localhost:9100";

const RULES: &str = "semlock.rules.yml";
const RULES_TEST: &str = include_str!("semlock.rules.test.yml");

pub fn run(recipe: &mut Recipe) {
    let (sandbox, _block) = Sandbox::with_block(34);
    let exporter = Exporter::start(&sandbox);
    fs::write(sandbox.directory.join(RULES), read_file(RULES)).unwrap();
    let stand_ins = exporter.stand_ins();
    run_job(&sandbox, &recipe.block("crontab"), "root", &stand_ins);
    recipe.shows(&sandbox, &stand_ins);
    recipe.shows(&sandbox, &stand_ins);
}

/// node_exporter, which reads a directory in the sandbox.
struct Exporter {
    directory: PathBuf,
    address: String,
    _running: Running,
}

impl Exporter {
    fn start(sandbox: &Sandbox) -> Self {
        let directory = sandbox.directory.join("textfiles");
        fs::create_dir(&directory).unwrap();
        let address = format!("{}:9100", sandbox.address());
        let mut exporter = Command::new("prometheus-node-exporter");
        exporter.args(["--collector.disable-defaults", "--collector.textfile"]);
        exporter.arg(format!("--collector.textfile.directory={}", directory.display()));
        exporter.arg(format!("--web.listen-address={address}")).stderr(Stdio::null());
        let exporter = Self { directory, address, _running: Running::start(exporter) };
        until("node_exporter answers", || TcpStream::connect(&exporter.address).is_ok());
        exporter
    }

    fn stand_ins(&self) -> [StandIn<'_>; 2] {
        [(self.directory.display().to_string(), DIRECTORY), (self.address.clone(), ADDRESS)]
    }

    fn metrics(&self) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

/// The name of a series, and its labels without the one that Prometheus adds.
fn series(text: &str) -> (String, BTreeSet<String>) {
    let (name, labels) = text.split_once('{').unwrap_or((text, ""));
    let labels = labels.trim_end_matches('}').split(',').map(str::trim);
    let labels = labels.filter(|label| !label.is_empty() && !label.starts_with("instance="));
    (name.into(), labels.map(Into::into).collect())
}

#[test]
fn the_alerts_are_tested_with_series_that_there_are() {
    let (sandbox, _block) = Sandbox::with_block(34);
    let exporter = Exporter::start(&sandbox);
    fs::write(exporter.directory.join("other.prom"), "").unwrap();
    let job = format!("semlock-textfile {}", exporter.directory.display());
    Finished::of(with_files(&sandbox, &job)).exits(0).is_silent();
    let metrics = exporter.metrics().replace(exporter.directory.to_str().unwrap(), "/textfiles");
    let lines = metrics.lines().filter(|line| !line.starts_with('#'));
    let real: BTreeSet<_> = lines.map(|line| series(line.rsplit_once(' ').unwrap().0)).collect();
    let tested = RULES_TEST.split("series: '").skip(1);
    let tested: BTreeSet<_> = tested.map(|text| series(text.split('\'').next().unwrap())).collect();
    assert!(!tested.is_empty() && tested.is_subset(&real), "{:#?}", &tested - &real);
}

fn test_rules(sandbox: &Sandbox, rules: &str) -> Finished {
    fs::write(sandbox.directory.join(RULES), rules).unwrap();
    fs::write(sandbox.directory.join("test.yml"), RULES_TEST).unwrap();
    let mut promtool = sandbox.program("promtool");
    promtool.args(["test", "rules", "test.yml"]);
    Finished::of(promtool)
}

#[test]
fn each_alert_fires_and_stays_silent() {
    let sandbox = Sandbox::new();
    let rules = read_file(RULES);
    test_rules(&sandbox, &rules).exits(0).contains("SUCCESS");
    let alerts: Vec<_> = rules.lines().filter_map(|line| line.split_once("- alert: ")).collect();
    assert_eq!(alerts.len(), 8);
    for (_, alert) in alerts {
        for part in [" exp_alerts: []", "\n        exp_alerts:\n"] {
            let separator = if part.starts_with(' ') { "," } else { "" };
            let tested = format!("alertname: {alert}{separator}{part}");
            assert!(RULES_TEST.contains(&tested), "{tested}");
        }
    }
    for (threshold, other) in [("0.8", "0.9"), ("deadlock", "limit"), ("1800", "3600")] {
        test_rules(&sandbox, &rules.replace(threshold, other)).exits(1);
    }
}

#[test]
fn a_job_that_cannot_write_leaves_the_old_file_with_its_old_time() {
    let sandbox = Sandbox::new();
    let script = "
        mkdir full && mount -t tmpfs -o size=4k none full || exit 99
        semlock-textfile full || exit 98
        touch -d '1 hour ago' full/semlock.prom
        semlock-textfile full
        echo \"status $?\" full/*
        test $(($(date +%s) - $(stat -c %Y full/semlock.prom))) -ge 3600";
    fs::write(sandbox.directory.join("job"), script).unwrap();
    let job = with_files(&sandbox, "unshare --mount sh job");
    Finished::of(job).exits(0).prints("status 1 full/semlock.prom\n");
}

#[test]
fn without_semlock_the_file_says_so() {
    let sandbox = Sandbox::new();
    let script = "
        job=$(command -v semlock-textfile) && mkdir programs && cd programs || exit 99
        for program in cat chmod mktemp mv rm; do ln -s \"$(command -v $program)\" .; done
        PATH=. /bin/sh $job ..";
    Finished::of(with_files(&sandbox, script)).exits(127);
    let file = fs::read_to_string(sandbox.directory.join("semlock.prom")).unwrap();
    assert!(file.ends_with("\nsemlock_job_exit_status 127\n\n"), "{file:?}");
}
