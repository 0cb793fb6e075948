//! From text to a configuration, and to what a process makes of it. Everything that is wrong is told
//! in one round: reading goes on after a mistake with what is left, and the process checks its needs
//! on that.
use super::finding::{Collector, Finding, Findings, Refused};
use super::keys::{self, Form};
use super::offering::{self, Common};
use super::{Config, Loaded};
use super::{bosh, broker, cf, chandler, check, credhub, instances_api, markers, properties, yaml};
use std::mem;

/// A configuration as far as it could be read.
struct Draft {
    config: Config,
    form: Form,
    collector: Collector,
}

/// Reads a configuration in either form: with a top-level key `broker` it is the rendered
/// `broker.yml`, without it the properties of the `broker` job.
///
/// # Errors
/// Everything that is wrong with the file, at once. A process that has needs of its own takes [`load`].
pub fn parse(text: &str) -> Result<Loaded, Findings> {
    let Draft {
        config, mut collector, ..
    } = draft(text)?;
    let warnings = mem::take(&mut collector.warnings);
    collector.verdict(Loaded { config, warnings })
}

/// Reads a configuration and has the process check its needs, with `make`: what it returns is given
/// back.
///
/// `make` runs also when the file is wrong, on what could be read (a wrong value reads as absent or as
/// its default); what it makes is then thrown away. It names keys as the rendered file does; they are
/// told as the file at hand has them. That something is missing is left out when the file has
/// something wrong there.
///
/// # Errors
/// Everything that is wrong with the file or for this process, and all warnings, with lines; the
/// process prints it and exits with 64.
pub fn load<T>(text: &str, make: impl FnOnce(&Config) -> Result<T, Findings>) -> Result<(Loaded, T), Refused> {
    let Draft {
        config,
        form,
        mut collector,
    } = draft(text).map_err(|errors| Refused {
        errors,
        warnings: Vec::new(),
    })?;
    let made = make(&config).map_err(|findings| add(findings, &config, form, &mut collector));
    let place = |all: Vec<Finding>| all.into_iter().map(|it| collector.located(it)).collect();
    let warnings: Vec<Finding> = place(collector.warnings.clone());
    match made {
        Ok(made) if collector.errors.is_empty() => Ok((Loaded { config, warnings }, made)),
        Ok(_) | Err(()) => Err(Refused {
            errors: Findings(place(collector.errors.clone())),
            warnings,
        }),
    }
}

fn draft(text: &str) -> Result<Draft, Findings> {
    let mut collector = Collector::default();
    let mut root = yaml::read(text, &mut collector)?;
    let form = if root.members().iter().any(|(name, _)| name == "broker") {
        Form::File
    } else {
        Form::Properties
    };
    if form == Form::Properties {
        properties::clean(&mut root, &mut collector);
    }
    check::check(&mut root, form, &mut collector);
    markers::warn(&root, &mut collector);
    if form == Form::Properties {
        root = properties::to_file(root, &mut collector);
    }
    let broker = broker::read(&root, &mut collector);
    let chandler = chandler::read(&root, &mut collector);
    let common = Common {
        deadlines: chandler.deadlines,
        use_stdin: broker.use_stdin,
        maintenance_info: chandler.maintenance_info,
        overrides: &root.section("chandler").section("plans"),
    };
    let config = Config {
        bosh: bosh::read(&root, &mut collector),
        cf: cf::read(&root, !broker.disable_cf_startup_checks, &mut collector),
        service_instances_api: instances_api::read(&root, &mut collector),
        credhub: credhub::read(&root, &mut collector),
        bosh_credhub: credhub::read_bosh(&root, &mut collector),
        catalog: offering::catalog(&root, &common, &mut collector),
        broker,
        chandler,
    };
    Ok(Draft {
        config,
        form,
        collector,
    })
}

/// Adds what a process found.
fn add(findings: Findings, config: &Config, form: Form, collector: &mut Collector) {
    let gaps = config.gaps();
    for Finding { path, message } in findings.0 {
        let is_gap = gaps.iter().any(|gap| gap.path == path && gap.message == message);
        let path = keys::in_form(form, &path);
        if !(is_gap && collector.is_touched(&path)) {
            collector.error(path, message);
        }
    }
}
