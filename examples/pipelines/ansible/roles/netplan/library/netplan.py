#!/usr/bin/python
"""Plans for the node it runs on, and applies exactly that plan. In check mode it only plans."""

import os

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: netplan
short_description: Make the network of a node as a configuration says
description:
  - Plans, and where there is something to change, applies that plan. C(--diff) shows it; C(--check) does no more.
  - What was applied is undone unless C(netplan confirm) follows in time.
options:
  content: {description: The configuration., type: str, required: true}
  node: {description: Which node of the cluster this is., type: str, required: true}
  program: {description: The program, with its first arguments., type: list, elements: str, default: [netplan]}
  confirm_within: {description: How long to wait for the confirmation., type: str, default: 60s}
attributes:
  check_mode: {support: full}
  diff_mode: {support: full}
"""

RETURN = r"""
plan: {description: The plan as text., returned: always, type: str}
unconfirmed: {description: Whether C(netplan confirm) has to follow., returned: always, type: bool}
"""


def run(module, arguments, codes, **options):
    """Runs netplan, and fails with its own words where it does not end with one of these codes."""
    code, out, err = module.run_command(module.params['program'] + arguments, **options)
    if code not in codes:
        module.fail_json(msg=(err or out).strip(), rc=code, stdout=out, stderr=err)
    return code, out


def main():
    module = AnsibleModule(
        argument_spec={
            'content': {'type': 'str', 'required': True},
            'node': {'type': 'str', 'required': True},
            'program': {'type': 'list', 'elements': 'str', 'default': ['netplan']},
            'confirm_within': {'type': 'str', 'default': '60s'},
        },
        supports_check_mode=True,
    )
    # A folder for root alone, which Ansible removes. By this name of the file, plans show its lines.
    saved = os.path.join(module.tmpdir, 'netplan.plan')
    with open(os.path.join(module.tmpdir, 'netplan.yaml'), 'w', encoding='utf-8') as file:
        file.write(module.params['content'])
    code, plan = run(
        module,
        ['plan', '-f', 'netplan.yaml', '--node', module.params['node'], '--no-color', '--detailed-exitcode', '--out', saved],
        codes=(0, 2),
        cwd=module.tmpdir,
    )
    changed = code == 2
    if changed and not module.check_mode:
        within = ['--confirm-within', module.params['confirm_within']]
        run(module, ['apply', saved, '--auto-approve'] + within, codes=(0,))
    module.exit_json(
        changed=changed,
        unconfirmed=changed and not module.check_mode,
        plan=plan,
        diff={'prepared': plan} if changed else {},
    )


if __name__ == '__main__':
    main()
